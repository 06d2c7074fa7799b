/** What a table is called in tags: in lower case and without its schema, as it is read from SQL. */
export function tableName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1).toLowerCase();
}
