import { useEffect, useState } from "react";
import icon from "../../icon.svg";
import { useText } from "../messages/context";
import { options, ROOT, under } from "../options";
import { Preferences } from "../shell/Preferences";
import { Icon } from "../ui/Icon";
import { initials } from "../ui/initials";
import { Skeleton } from "../ui/states";
import { enter, goAndSignIn, type Person, people, refusal } from "./session";

/** The identity provider's button, or in development the demo's people to enter as. */
export default function SignIn({ entered }: { entered: () => void }) {
  const say = useText();
  const why = refusal();
  const [found, setFound] = useState<Person[]>();
  useEffect(() => {
    document.title = "Stagepath";
    people().then(setFound, () => setFound([]));
  }, []);
  return (
    <div className="sign-in">
      <main>
        <header>
          <img src={icon} alt="" width={44} height={44} />
          <h1>{say("signin.title")}</h1>
          <p className="quiet">{say("signin.about")}</p>
        </header>
        {why && (
          <p className="note" role="alert">
            {say(`signin.failed.${why}`)}
          </p>
        )}
        {options.provider && (
          <button type="button" className="button primary" onClick={() => goAndSignIn(here())}>
            {say("signin.provider")}
          </button>
        )}
        {options.people && !found && <Skeleton lines={4} />}
        {found && found.length > 0 && (
          <section aria-labelledby="demo">
            <h2 id="demo">{say("signin.demo")}</h2>
            <ul className="people">
              {found.map((person) => (
                <li key={person.name}>
                  <button
                    type="button"
                    onClick={() => {
                      enter(person);
                      entered();
                    }}
                  >
                    <span className="initials" aria-hidden="true">
                      {initials(person.name)}
                    </span>
                    <span className="person-name">{person.name}</span>
                    <span className="quiet">
                      {say(`role.${person.role}` as never)} · {person.organization}
                    </span>
                    <Icon name="arrow" />
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        {!options.provider && !(found?.length || (options.people && !found)) && (
          <p className="note">{say(options.people ? "signin.elsewhere" : "signin.unset")}</p>
        )}
        {options.explorer && (
          <p className="quiet">
            {say("signin.developers")} <a href={under("graphql")}>GraphiQL</a>
          </p>
        )}
      </main>
      <footer>
        <Preferences />
      </footer>
    </div>
  );
}

function here(): string {
  return refusal() ? "/" : `/${location.href.slice(ROOT.href.length)}`;
}
