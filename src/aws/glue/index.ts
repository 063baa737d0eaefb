export { glueActions } from "./glue-actions.ts";
export { glueCatalog } from "./glue-catalog.ts";
