import { AutomationDetail, AutomationTemplates } from "@operations/automations.graphql";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useQuery } from "urql";
import "./automation.css";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { Icon } from "../../ui/Icon";
import { Empty, Loading, Ready } from "../../ui/states";
import { Editor } from "./Editor";
import { readShown, type Shown } from "./shown";

/** One automation; `new` is one to come, from a template or from nothing. */
export default function AutomationPage() {
  const say = useText();
  const { id = "new" } = useParams({ strict: false }) as { id?: string };
  const { template }: Shown = readShown(useSearch({ strict: false }));
  const isNew = id === "new";
  const [result, again] = useQuery({ query: AutomationDetail, variables: { id }, pause: isNew });
  const [templates, templatesAgain] = useQuery({ query: AutomationTemplates, pause: !isNew || !template });
  const found = result.data?.automation;
  useTitle(isNew ? say("automations.new") : (found?.name ?? say("nav.automations")));
  const back = (
    <p>
      <Link to="/automations" className="button small back-to">
        <Icon name="arrow" size={14} /> {say("automation.back")}
      </Link>
    </p>
  );
  return (
    <div className="page automation-page">
      {back}
      {isNew && !template && <Editor key="new" />}
      {isNew && template && (
        <Ready
          result={templates}
          retry={() => templatesAgain({ requestPolicy: "network-only" })}
          waiting={<Loading lines={10} />}
        >
          {({ automationTemplates }) => (
            <Editor key={template} template={automationTemplates.find(({ key }) => key === template)} />
          )}
        </Ready>
      )}
      {!isNew && (
        <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Loading lines={10} />}>
          {({ automation }) =>
            automation ? (
              <Editor key={automation.id} stored={automation} />
            ) : (
              <>
                <h1 className="unseen">{say("nav.automations")}</h1>
                <Empty icon="bolt" title={say("problem.not-found")} />
              </>
            )
          }
        </Ready>
      )}
    </div>
  );
}
