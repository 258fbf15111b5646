import { RegistrationDetail, RegistrationForms } from "@operations/registrations.graphql";
import { Link, useParams } from "@tanstack/react-router";
import { useQuery } from "urql";
import "../registrations/registrations.css";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useIsVendor } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { Empty, Ready } from "../../ui/states";
import { Detail } from "../registrations/Detail";
import { RegistrationForm } from "./RegistrationForm";

/** A registration by itself; `new` and drafts are forms. */
export default function RegistrationPage() {
  const say = useText();
  const { id = "new" } = useParams({ strict: false }) as { id?: string };
  const isVendor = useIsVendor();
  const isNew = id === "new";
  const [forms, formsAgain] = useQuery({ query: RegistrationForms, pause: isVendor });
  const [result, again] = useQuery({ query: RegistrationDetail, variables: { id }, pause: isNew || isVendor });
  const found = result.data?.registration;
  useTitle(isNew ? say("registrations.new") : (found?.number ?? say("nav.registrations")));
  const back = (
    <p>
      <Link to="/registrations" className="button small back-link">
        <Icon name="arrow" size={14} /> {say("registrations.back")}
      </Link>
    </p>
  );
  if (isVendor) {
    return (
      <div className="page registration-page">
        {back}
        <h1 className="unseen">{say("nav.registrations")}</h1>
        <Detail id={id} decided={() => undefined} />
      </div>
    );
  }
  return (
    <div className="page registration-page">
      {back}
      <Ready result={forms} retry={() => formsAgain({ requestPolicy: "network-only" })}>
        {({ registrationPolicies: { nodes } }) => {
          if (!nodes.length) return <Empty icon="registration" title={say("registrations.nopolicy")} />;
          if (isNew) return <RegistrationForm key="new" policies={nodes} />;
          return (
            <Ready result={result} retry={() => again({ requestPolicy: "network-only" })}>
              {({ registration }) => {
                if (!registration) return <Empty icon="registration" title={say("problem.not-found")} />;
                const isForm = registration.status === "DRAFT" || registration.status === "CHANGES_REQUESTED";
                if (isForm && registration.allowedSteps.includes("SAVE")) {
                  return <RegistrationForm key={id} policies={nodes} registration={registration} />;
                }
                return (
                  <>
                    <h1 className="unseen">{registration.number}</h1>
                    <Detail id={id} decided={() => undefined} />
                  </>
                );
              }}
            </Ready>
          );
        }}
      </Ready>
    </div>
  );
}
