export { readDatabaseSecret, secretActions } from "./read-database-secret.ts";
