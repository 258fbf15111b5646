import { useText } from "../../messages/context";
import { Text } from "./fields";
import type { Doc } from "./model";
import type { Fault } from "./saving";
import { retold } from "./translated";

interface Given {
  doc: Doc;
  change: (label: string, next: (doc: Doc) => Doc) => void;
  faults: readonly Fault[];
  language: string;
}

/** What the playbook says of itself. */
export function HeadForm({ doc, change, faults, language }: Given) {
  const say = useText();
  const own = faults.filter(({ stage }) => !stage);
  const faultOf = (field: string) => own.find((fault) => fault.field === field)?.message;
  return (
    <section className="panel edit-part" aria-label={say("playbook.itself")}>
      <div className="edit-fields">
        <Text
          label={say("playbook.name")}
          name="name"
          value={doc.name}
          fault={faultOf("name")}
          maxLength={200}
          change={(name) => change("name", (before) => retold(before, "name", name, language))}
        />
        <Text
          label={say("playbook.industry")}
          name="industry"
          value={doc.industry}
          fault={faultOf("industry")}
          maxLength={200}
          hint={say("playbook.industry.hint")}
          change={(industry) => change("industry", (before) => ({ ...before, industry }))}
        />
        <Text
          label={say("playbook.description")}
          name="description"
          isLong
          value={doc.description}
          fault={faultOf("description")}
          change={(text) => change("description", (before) => retold(before, "description", text, language))}
        />
        <Text
          label={say("playbook.review.date")}
          name="reviewDueAt"
          type="date"
          value={doc.reviewDueAt}
          fault={faultOf("reviewDueAt")}
          change={(reviewDueAt) => change("reviewDueAt", (before) => ({ ...before, reviewDueAt }))}
        />
      </div>
    </section>
  );
}

/** Of the playbook itself, what stands here; whatever else is wrong with it stands above the page. */
export const HEAD_FIELDS: ReadonlySet<string> = new Set(["name", "industry", "description", "reviewDueAt"]);
