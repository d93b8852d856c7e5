// Behaviours on which the sources disagree (gestao-click.md 12): each one a switch, which may be turned at run time.

export interface GestaoClickSwitches {
  /** The `liquidado` filter of titles: documented (`ab`, `at`, `pg`), measured as without effect. Default: ignored. */
  liquidadoFilter: 'ignored' | 'honored';
  /** `data` of a list without rows. Default: `[]`. */
  emptyList: 'array' | 'sentence';
  /** The table to which `vendedor_id` points. Default: usuarios. */
  sellerTable: 'usuarios' | 'funcionarios';
  /** `data_liquidacao` of an open title. Default: null. */
  openPaidDate: 'null' | 'empty' | 'absent';
  /** What PUT does to the fields that it does not carry. Default: replace, that is, they are emptied. */
  put: 'replace' | 'merge';
  /** `live`: `total_paginas` + `total_registros_pagina`; `documented`: `total_da_pagina`. Default: live. */
  meta: 'live' | 'documented';
  /** Whether /situacoes_vendas lists the states of other documents too. Default: false. */
  mixedStatuses: boolean;
  /** Validation errors with HTTP status 200 instead of 404; the body's `code` stays 404. Default: false. */
  errorsIn200: boolean;
}

export const DEFAULT_SWITCHES: GestaoClickSwitches = {
  liquidadoFilter: 'ignored',
  emptyList: 'array',
  sellerTable: 'usuarios',
  openPaidDate: 'null',
  put: 'replace',
  meta: 'live',
  mixedStatuses: false,
  errorsIn200: false,
};
