// SQL as values: text with numbered parameters, composed without string concatenation.
// `sql` builds a statement, `join` a list, `raw` trusted text (never input), `empty` nothing.
export { default as sql, empty, join, raw, Sql } from 'sql-template-tag';
