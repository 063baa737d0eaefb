// Writes docs/guide/troubleshooting.md from the table that `bisonflow aws doctor` uses. Needs a build.
import { writeFileSync } from "node:fs";
import { troubleshootingPage } from "../dist/aws/doctor/index.js";

writeFileSync(new URL("../docs/guide/troubleshooting.md", import.meta.url), troubleshootingPage());
