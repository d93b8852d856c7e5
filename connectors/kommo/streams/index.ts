// All streams of Kommo, in an order in which what is pointed to comes before what points to it.
import type { Stream } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { companiesStream } from './companies.ts';
import { contactsStream } from './contacts.ts';
import { customFieldsStream } from './custom-fields.ts';
import { dealsStream } from './deals.ts';
import { lossReasonsStream } from './loss-reasons.ts';
import { pipelinesStream } from './pipelines.ts';
import { tagsStream } from './tags.ts';
import { usersStream } from './users.ts';

export const kommoStreams = (client: KommoClient): readonly Stream[] =>
  [usersStream, pipelinesStream, customFieldsStream, tagsStream, lossReasonsStream, companiesStream, contactsStream, dealsStream].map((create) => create(client));
