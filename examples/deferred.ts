// A page that shows its list at once and the slower half when it is there: the sales come from the ERP, and what the CRM
// knows of their clients is deferred. Give the operation to a client of `createApolloOverHttp`.
import { gql, type TypedDocumentNode } from '@apollo/client';

export interface DeferredSales {
  sales: {
    edges: {
      node: {
        id: string;
        number: string | null;
        total: string;
        /** `contact` comes with the second part. */
        client: { id: string; name: string | null; contact?: { id: string; name: string | null; phones: string[] } | null } | null;
      };
    }[];
  } | null;
}

export const DEFERRED_SALES: TypedDocumentNode<DeferredSales, { first: number }> = gql`
  query SalesDeferred($first: Int!) {
    sales(first: $first) {
      edges {
        node {
          id
          number
          total
          client {
            id
            name
            ... @defer(label: "crm") {
              contact {
                id
                name
                phones
              }
            }
          }
        }
      }
    }
  }
`;
