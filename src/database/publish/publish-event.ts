/** What happens while a result is published. */
export type PublishEvent =
  | { readonly type: "waiting"; readonly message: string }
  | { readonly type: "rows"; readonly table: string; readonly rows: number }
  | { readonly type: "table"; readonly table: string; readonly rows: number; readonly seconds: number };
