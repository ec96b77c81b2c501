declare module '*.sql' {
  const sql: string
  export = sql
}
