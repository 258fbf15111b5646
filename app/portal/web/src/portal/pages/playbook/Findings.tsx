import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { Empty } from "../../ui/states";
import type { Issue } from "./useDraft";

/** Where on the page each kind of finding is mended. */
const PLACES: Partial<Record<Issue["code"], string>> = {
  CONDITION_ALWAYS_MET: "exitCriteria",
  CONDITION_NEVER_MET: "exitCriteria",
  CONDITION_OUT_OF_BOUNDS: "exitCriteria",
  FORECAST_OUT_OF_ORDER: "name",
  INTERNAL_CUSTOMER_WORDING: "exitCriteria",
  MISSING_CUSTOMER_WORDING: "exitCriteria",
  MISSING_DEFINITION: "definition",
  MISSING_ENABLEMENT: "contents",
  MISSING_EXIT_CRITERIA: "exitCriteria",
  MISSING_NEXT_STEPS: "activities",
  MISSING_REVIEW_DATE: "reviewDueAt",
  MISSING_TARGET_DURATION: "targetDays",
  PROBABILITY_NOT_INCREASING: "winProbability",
  REVIEW_OVERDUE: "reviewDueAt",
  UNFILLABLE_FIELD: "exitCriteria",
  UNKNOWN_QUESTION: "exitCriteria",
  UNKNOWN_STAGE: "exitCriteria",
  UNKNOWN_VALUE: "exitCriteria",
  UNUSED_CUSTOMER_WORDING: "exitCriteria",
  VAGUE_STAGE_NAME: "name",
};

const TONES = { ERROR: "bad", WARNING: "warn", NOTICE: "accent" } as const;
const ORDER = ["ERROR", "WARNING", "NOTICE"] as const;

interface Given {
  issues: readonly Issue[];
  lead: (place: { stage?: string; part?: string; field?: string }) => void;
}

/** What the review has to say, the gravest first; each leads to where it is mended. */
export function Findings({ issues, lead }: Given) {
  const say = useText();
  if (!issues.length) return <Empty icon="check" title={say("playbook.findings.none")} />;
  const sorted = ORDER.flatMap((severity) => issues.filter((issue) => issue.severity === severity));
  return (
    <ul className="findings">
      {sorted.map(({ code, severity, message, suggestion, stage }) => {
        const field = PLACES[code] ?? "name";
        return (
          <li key={`${code} ${stage?.key ?? ""} ${message}`}>
            <button
              type="button"
              className="finding"
              onClick={() => lead({ field, ...(stage && { stage: stage.key }) })}
            >
              <span className="finding-head">
                <span className={`badge ${TONES[severity]}`}>{say(`playbook.severity.${severity}`)}</span>
                {stage && <span className="quiet">{stage.name}</span>}
                <Icon name="arrow" size={14} />
              </span>
              <span>{message}</span>
              <span className="quiet">{suggestion}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
