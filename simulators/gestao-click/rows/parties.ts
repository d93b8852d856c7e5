// Clients, suppliers, carriers, users and employees as the API shows them (gestao-click.md 5.1, 5.6, 6).
import { company, timestampOf } from '../../world/index.ts';
import type { Address, Organization, Salesperson, World } from '../../world/index.ts';
import { maskDocument } from '../../world/index.ts';
import type { Row } from '../wire.ts';

function addressRow(address: Address): Row {
  return {
    endereco: {
      cep: address.postalCode,
      logradouro: address.street,
      numero: address.number,
      complemento: address.complement,
      bairro: address.district,
      cidade_id: address.city.id,
      nome_cidade: address.city.name,
      estado: address.city.state,
    },
  };
}

export function clientRow(world: World, index: number): Row {
  const client = world.client(index);
  const view = world.erpClient(index);
  const { person, organization } = client;
  const rng = world.rng('erp-client-row', index);
  const day = world.parties.clientDay(index);
  const modified = Math.min(world.day, day + rng.int(0, 700));
  const kind = organization ? 'PJ' : view.document === null && rng.chance(0.25) ? 'ES' : 'PF';
  const segment = company.CLIENT_ATTRIBUTES[0];
  return {
    id: client.erpId,
    tipo_pessoa: kind,
    nome: view.name,
    razao_social: organization?.legalName ?? null,
    cnpj: kind === 'PJ' ? view.document : null,
    inscricao_estadual: '',
    inscricao_municipal: null,
    cpf: kind === 'PF' ? view.document : null,
    rg: kind === 'PF' && rng.chance(0.4) ? `MG-${rng.digits(8)}` : null,
    data_nascimento: kind === 'PJ' ? null : rng.chance(0.3) ? '0000-00-00' : person.birthDate,
    telefone: view.landline,
    celular: view.mobile,
    fax: '',
    email: view.emails[0] ?? '',
    ativo: rng.chance(0.96) ? '1' : '0',
    cadastrado_em: timestampOf(day, rng.int(28_800, 64_800)),
    modificado_em: timestampOf(modified, rng.int(64_801, 72_000)),
    contatos: view.contacts.map((contact) => ({
      contato: {
        tipo_id: '71',
        nome_tipo: 'Email',
        nome: contact.name,
        contato: contact.email,
        cargo: organization ? 'Compras' : '',
        observacao: '',
      },
    })),
    enderecos: rng.chance(0.85) ? [addressRow((organization ?? person).address)] : [],
    atributos:
      segment && rng.chance(0.4)
        ? [
            {
              atributo: {
                id: String(700_001 + index),
                atributo_id: segment.id,
                descricao: segment.name,
                conteudo: rng.pick(segment.options),
                tipo: segment.kind,
              },
            },
          ]
        : [],
  };
}

/** A supplier or carrier: the shape of a client without `fax`. */
export function organizationRow(organization: Organization & { id: string }): Row {
  const { landline } = organization;
  return {
    id: organization.id,
    tipo_pessoa: 'PJ',
    nome: organization.tradeName,
    razao_social: organization.legalName,
    cnpj: maskDocument(organization.cnpj),
    inscricao_estadual: '',
    inscricao_municipal: null,
    cpf: null,
    rg: null,
    data_nascimento: null,
    telefone: `(${landline.area}) ${landline.subscriber.slice(0, 4)}-${landline.subscriber.slice(4)}`,
    celular: '',
    email: organization.email,
    ativo: '1',
    cadastrado_em: '2024-03-01 09:00:00',
    modificado_em: '2025-03-01 09:00:00',
    contatos: [],
    enderecos: [addressRow(organization.address)],
  };
}

function userRow(facts: {
  id: string;
  name: string;
  email: string;
  cpf: string;
  sex: string;
  mobile: string;
  birthDate: string;
  active: boolean;
}): Row {
  return {
    id: facts.id,
    nome: facts.name,
    email: facts.email,
    cpf: facts.cpf,
    rg: '',
    sexo: facts.sex,
    telefone: '',
    celular1: facts.mobile,
    celular2: '',
    data_nascimento: facts.birthDate,
    ativo: facts.active ? '1' : '0',
    grupo_id: '9',
    hora_entrada: '08:00:00',
    hora_saida: '18:00:00',
    hora_almoco_entrada: '',
    hora_almoco_saida: '',
    observacoes: '',
  };
}

/** The master user first, then the salespeople (live shape, 6). */
export function userRows(world: World): Row[] {
  const salespeople = world.salespeople.map((salesperson: Salesperson) => {
    const view = world.erpUser(salesperson);
    return userRow({
      id: salesperson.erpUserId,
      name: view.name,
      email: view.emails[0] ?? '',
      cpf: view.document ?? '',
      sex: salesperson.person.sex,
      mobile: view.mobile,
      birthDate: salesperson.person.birthDate,
      active: salesperson.active,
    });
  });
  const master = userRow({
    id: '131001',
    name: 'Administrador',
    email: 'admin@empresa.example',
    cpf: '',
    sex: '',
    mobile: '',
    birthDate: '0000-00-00',
    active: true,
  });
  return [master, ...salespeople];
}

/** Id and name only (5.6); some employees do not sell. */
export function employeeRows(world: World): Row[] {
  const others = ['Equipe de estoque', 'Recepção', 'Élcio Técnico'].map((nome, i) => ({
    id: String(5401 + i),
    nome,
  }));
  return [
    ...others,
    ...world.salespeople.map((salesperson) => ({
      id: salesperson.erpEmployeeId,
      nome: world.erpUser(salesperson).name,
    })),
  ];
}
