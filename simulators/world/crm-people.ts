// The account and its users: a manager, whose token calls the API, an attendant, one former user, and a user for most
// salespeople of the ERP. Users keep the e-mail of the salesperson in most cases, and sometimes a nickname.
import type { Account, CrmUser, Role } from './crm-records.ts';
import type { CrmSource } from './crm-source.ts';
import { personOf, withoutAccents } from './people.ts';

const FIRST_USER = 10_423_377;
const MANAGER_UID = 14_999_990;
const DAY = 86_400;
export const SELLER_ROLE = 55_101;
export const roles: readonly Role[] = [{ id: SELLER_ROLE, name: 'Vendedor' }, { id: 55_103, name: 'Atendimento' }];
export const userGroups: readonly { id: number; name: string }[] = [{ id: 0, name: 'Vendas' }, { id: 481_120, name: 'Atendimento' }];

export interface CrmPeople {
  account: Account;
  users: CrmUser[];
  manager: CrmUser;
  /** Users who own cards, inactive ones included: old cards still name them. */
  sellers: CrmUser[];
}

export function accountId(seed: number): number {
  return 31_000_000 + (seed % 900_000);
}

export function subdomainOf(companyName: string): string {
  return withoutAccents(companyName).toLowerCase().replace(/[^a-z0-9]+/g, '').slice(0, 24) || 'empresa';
}

export function crmPeople(source: CrmSource, subdomain?: string): CrmPeople {
  const { seed } = source;
  const opened = source.nowSeconds - 1100 * DAY;
  const person = (index: number, uid: number, extra: Partial<CrmUser>): CrmUser => {
    const { name, emails } = personOf(seed, uid);
    return {
      id: FIRST_USER + index * 23,
      name,
      email: emails[0] as string,
      phone: null,
      is_admin: false,
      is_active: true,
      is_free: false,
      group_id: 0,
      role_id: SELLER_ROLE,
      salesperson: null,
      ...extra,
    };
  };
  const manager = person(0, MANAGER_UID, { is_admin: true, role_id: null });
  const attendant = person(1, MANAGER_UID + 1, { group_id: 481_120, role_id: 55_103 });
  const former = person(2, MANAGER_UID + 2, { is_active: false });
  const salt = seed.salt('crm-user');
  const sellers: CrmUser[] = [];
  for (let index = 0; index < source.salespeople; index += 1) {
    const draw = seed.unit(salt, index);
    // one in eight sells at the counter only and has no CRM seat
    if (draw < 0.125 && index > 1) continue;
    const who = source.salesperson(index);
    const first = who.firstName.split(' ')[0] as string;
    const last = who.lastName.split(' ').at(-1) as string;
    sellers.push({
      ...person(3 + index, 0, {}),
      name: draw < 0.3 ? `${first} ${last}` : draw < 0.4 ? `${first} Vendas` : who.name,
      email: draw > 0.85 && who.emails[1] ? who.emails[1] : (who.emails[0] as string),
      phone: draw > 0.5 ? `+55${who.mobile.area}${who.mobile.subscriber}` : null,
      is_active: source.isActiveSalesperson(index),
      salesperson: index,
    });
  }
  return {
    account: {
      id: accountId(seed.value),
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
