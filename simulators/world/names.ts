// The words that people, companies and places are made of.

export const FEMALE_NAMES = [
  'Ana',
  'Beatriz',
  'Camila',
  'Débora',
  'Eduarda',
  'Fabiana',
  'Gabriela',
  'Helena',
  'Inês',
  'Jéssica',
  'Karina',
  'Larissa',
  'Letícia',
  'Márcia',
  'Natália',
  'Patrícia',
  'Rafaela',
  'Sílvia',
  'Tânia',
  'Vitória',
  'Yasmin',
  'Luíza',
  'Cláudia',
  'Rosângela',
  'Mônica',
  'Conceição',
  'Aparecida',
  'Bruna',
  'Carla',
  'Juliana',
  'Renata',
  'Simone',
] as const;

export const MALE_NAMES = [
  'André',
  'Bruno',
  'Carlos',
  'Diego',
  'Élcio',
  'Fábio',
  'Gustavo',
  'Henrique',
  'Ícaro',
  'João',
  'Kauã',
  'Leandro',
  'Márcio',
  'Nélson',
  'Otávio',
  'Paulo',
  'Rogério',
  'Sérgio',
  'Thiago',
  'Vinícius',
  'Wagner',
  'Antônio',
  'José',
  'Luís',
  'César',
  'Mateus',
  'Pedro',
  'Rafael',
  'Eduardo',
  'Marcelo',
  'Lucas',
  'Ricardo',
] as const;

export const MIDDLE_NAMES = {
  F: ['Maria', 'Clara', 'Cristina', 'Regina', 'Carolina', 'Vitória'],
  M: ['Aparecido', 'Augusto', 'Roberto', 'Luiz', 'Henrique', 'César'],
} as const;

export const LAST_NAMES = [
  'Silva',
  'Souza',
  'Oliveira',
  'Santos',
  'Araújo',
  'Gonçalves',
  'Lima',
  'Conceição',
  'Magalhães',
  'Guimarães',
  'Assunção',
  'Falcão',
  'Brandão',
  'Simões',
  'Cortês',
  'Pereira',
  'Almeida',
  'Nóbrega',
  'Ribeiro',
  'Carvalho',
  'Barbosa',
  'Rocha',
  'Dias',
  'Nascimento',
  'Moreira',
  'Teixeira',
  'Cardoso',
  'Correia',
  'Freitas',
  'Mendonça',
  'Vieira',
  'Sampaio',
  'Peçanha',
  'Tavares',
  'Fontes',
  'Queiróz',
  'Antunes',
  'Bragança',
  'Caldeira',
  'Duarte',
  'Espíndola',
  'Figueiró',
  'Galvão',
  'Holanda',
] as const;

export const PARTICLES = ['', '', '', 'de ', 'da ', 'dos '] as const;

export const TRADES = [
  'Padaria',
  'Mercado',
  'Farmácia',
  'Oficina',
  'Papelaria',
  'Restaurante',
  'Livraria',
  'Ótica',
  'Clínica',
  'Confecções',
  'Distribuidora',
  'Construtora',
  'Transportes',
  'Açougue',
  'Floricultura',
  'Escritório',
  'Pousada',
  'Móveis',
  'Auto Peças',
] as const;

export const TRADE_NAMES = [
  'Sol Nascente',
  'São Jorge',
  'Boa Esperança',
  'Três Irmãos',
  'Estrela Dalva',
  'Vale Verde',
  'Nova Era',
  'Bela Vista',
  'Horizonte',
  'Imperial',
  'Pérola',
  'Coração de Maria',
  'União',
  'Progresso',
  'Avenida',
  'Caminho Novo',
  'Água Clara',
  'Serra Azul',
  'Bom Preço',
  'Santa Luzia',
  'Ipê Amarelo',
  'Ponto Certo',
  'Dois Amigos',
  'Rio Bonito',
  'Pão & Cia',
] as const;

export const LEGAL_FORMS = ['Ltda', 'Ltda', 'Ltda ME', 'S/A', 'EIRELI'] as const;

export const STREETS = [
  'Rua das Acácias',
  'Avenida Brasil',
  'Rua São José',
  'Rua Tiradentes',
  'Travessa da Paz',
  'Avenida Getúlio Vargas',
  'Alameda dos Ipês',
  'Praça da Sé',
] as const;

export const DISTRICTS = [
  'Centro',
  'Jardim América',
  'Vila Nova',
  'São Pedro',
  'Boa Vista',
  'Cidade Alta',
  'Santa Cecília',
] as const;

export const MAIL_HOSTS = [
  'correio.example',
  'caixapostal.example',
  'mail.example',
  'provedor.example',
] as const;

export interface City {
  /** Id in the ERP's table of cities. */
  id: string;
  /** IBGE code. */
  code: string;
  name: string;
  state: string;
  /** Area code of its telephones (DDD). */
  area: string;
  /** First digits of its postal codes. */
  postal: string;
}

export const CITIES: readonly City[] = [
  { id: '1411', code: '3106200', name: 'Belo Horizonte', state: 'MG', area: '31', postal: '30' },
  { id: '2104', code: '3118601', name: 'Contagem', state: 'MG', area: '31', postal: '32' },
  { id: '2290', code: '3170206', name: 'Uberlândia', state: 'MG', area: '34', postal: '38' },
  { id: '5270', code: '3550308', name: 'São Paulo', state: 'SP', area: '11', postal: '01' },
  { id: '4988', code: '3509502', name: 'Campinas', state: 'SP', area: '19', postal: '13' },
  { id: '5203', code: '3543402', name: 'Ribeirão Preto', state: 'SP', area: '16', postal: '14' },
  { id: '3658', code: '3304557', name: 'Rio de Janeiro', state: 'RJ', area: '21', postal: '20' },
  { id: '3631', code: '3303302', name: 'Niterói', state: 'RJ', area: '21', postal: '24' },
  { id: '2878', code: '4106902', name: 'Curitiba', state: 'PR', area: '41', postal: '80' },
  { id: '4355', code: '4314902', name: 'Porto Alegre', state: 'RS', area: '51', postal: '90' },
  { id: '988', code: '2927408', name: 'Salvador', state: 'BA', area: '71', postal: '40' },
  { id: '1724', code: '5208707', name: 'Goiânia', state: 'GO', area: '62', postal: '74' },
];
