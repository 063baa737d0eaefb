export {
  type ColumnType,
  DEFAULT_COLUMNS,
  OCCURRENCE_COLUMNS,
  type OccurrenceColumn,
} from "./columns.ts";
export { describeInput, sourceFacts } from "./describe-input.ts";
export { detectInput } from "./detect-input.ts";
export { expandInputs } from "./expand-inputs.ts";
export type {
  ArchiveInput,
  InputOrigin,
  OccurrenceInput,
  ParquetInput,
  TextColumn,
  TextDialect,
  TextInput,
} from "./input.ts";
export { columnsRead, type ParquetRelation, parquetRelation } from "./parquet-relation.ts";
export { parseDate } from "./parse-date.ts";
export {
  ALL,
  BISON,
  loadProfile,
  type Profile,
  type ProfileSpec,
  parseProfile,
  profileSchema,
} from "./profile.ts";
export { type ProfileRule, profileRules, ruleNumberSql } from "./profile-rules.ts";
export {
  type Centroid,
  type FlagContext,
  QUALITY_FLAGS,
  type QualityFlag,
  qualityFlagColumns,
  qualityFlags,
} from "./quality-flags.ts";
export { type StagedParts, type StageOptions, stagedPartCount } from "./stage-options.ts";
export { stageText } from "./stage-text.ts";
