export * from "./trouble/index.ts";
