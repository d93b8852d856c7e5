// The account and its users: a manager, whose token calls the API, an attendant, one former user, and a user for each
// salesperson of the ERP who has a login. A login keeps the e-mail that the ERP knows in most cases.
import type { Account, CrmUser, Role } from './crm-records.ts';
import type { CrmSource } from './crm-source.ts';
import { personOf, withoutAccents } from './people.ts';

const MANAGER = 10_423_301;
const MANAGER_UID = 14_999_990;
const DAY = 86_400;
export const SELLER_ROLE = 55_101;
const SUPPORT_ROLE = 55_103;
export const roles: readonly Role[] = [
  { id: SELLER_ROLE, name: 'Vendedor' },
  { id: SUPPORT_ROLE, name: 'Atendimento' },
];
export const userGroups: readonly { id: number; name: string }[] = [
  { id: 0, name: 'Vendas' },
  { id: 481_120, name: 'Atendimento' },
];

export interface CrmPeople {
  account: Account;
  users: CrmUser[];
  manager: CrmUser;
  /** Users who own cards, inactive ones included: old cards still name them. */
  sellers: CrmUser[];
}

export const accountIdOf = (seed: number): number => 31_000_000 + (seed % 900_000);

export function subdomainOf(companyName: string): string {
  return (
    withoutAccents(companyName)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '')
      .slice(0, 24) || 'empresa'
  );
}

export function crmPeople(source: CrmSource, subdomain?: string): CrmPeople {
  const { seed } = source;
  const opened = source.nowSeconds - 1600 * DAY;
  const office = (index: number, extra: Partial<CrmUser>): CrmUser => {
    const { name, emails } = personOf(seed, MANAGER_UID + index);
    const user = {
      id: MANAGER + index * 20,
      name,
      email: emails[0] as string,
      phone: null,
      is_free: false,
      group_id: 0,
      salesperson: null,
    };
    return { ...user, is_admin: false, is_active: true, role_id: SELLER_ROLE, ...extra };
  };
  const manager = office(0, { is_admin: true, role_id: null });
  const attendant = office(1, { group_id: 481_120, role_id: SUPPORT_ROLE });
  const former = office(2, { is_active: false });
  const sellers = source.salespeople.flatMap((salesperson): CrmUser[] => {
    const view = source.userView(salesperson);
    if (view === null || salesperson.crmUserId === null) return [];
    return [
      office(0, { ...view, id: salesperson.crmUserId, is_active: salesperson.active, salesperson: salesperson.index }),
    ];
  });
  return {
    account: {
      id: accountIdOf(seed.value),
      name: source.companyName,
      subdomain: subdomain ?? subdomainOf(source.companyName),
      created_at: opened,
      created_by: manager.id,
      updated_at: opened + 30 * DAY,
    },
    users: [manager, attendant, former, ...sellers],
    manager,
    sellers: sellers.length > 0 ? sellers : [manager],
  };
}
