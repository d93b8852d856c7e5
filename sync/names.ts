// How people call the providers.
import type { Provider } from './types.ts';

export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = { GESTAO_CLICK: 'Gestão Click', KOMMO: 'Kommo' };
export const PROVIDERS = Object.keys(PROVIDER_NAMES) as readonly Provider[];
