import { useNavigate, useSearch } from "@tanstack/react-router";
import "./day.css";
import { useFormats, useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useViewer } from "../../shell/viewer";
import { Switch } from "../../ui/Switch";
import { Boundary } from "../../ui/states";
import { Actions } from "./Actions";
import { partOfDay } from "./days";
import { Expiring } from "./Expiring";
import { News } from "./News";
import { Stalled } from "./Stalled";
import { Tasks } from "./Tasks";
import { readWhose, type Whose } from "./whose";

/** What there is to do today, the most useful first. */
export default function DayPage() {
  const say = useText();
  const formats = useFormats();
  const { user } = useViewer();
  const navigate = useNavigate();
  const { whose = user.role === "PARTNER_SELLER" ? "mine" : "all" }: Whose = readWhose(useSearch({ strict: false }));
  const owner = whose === "mine" ? user.id : undefined;
  const [first] = user.name.split(" ");
  useTitle(say("nav.day"));
  return (
    <div className="page day">
      <header className="page-head">
        <div>
          <h1>{say(`day.hello.${partOfDay()}`, { name: first ?? user.name })}</h1>
          <p className="quiet">{formats.today()}</p>
        </div>
        <Switch
          label={say("day.whose")}
          value={whose}
          options={[
            { id: "mine", label: say("day.mine") },
            { id: "all", label: say(user.role.startsWith("PARTNER") ? "day.company" : "day.all") },
          ]}
          choose={(id) => void navigate({ to: "/day", search: { whose: id } as never, replace: true })}
        />
      </header>
      <div className="day-parts">
        <div className="day-main">
          <Boundary>
            <Tasks whose={whose} />
          </Boundary>
          <Boundary>
            <Actions key={whose} owner={owner} />
          </Boundary>
        </div>
        <div className="day-side">
          <Boundary>
            <News />
          </Boundary>
          <Boundary>
            <Expiring owner={owner} />
          </Boundary>
          <Boundary>
            <Stalled owner={owner} />
          </Boundary>
        </div>
      </div>
    </div>
  );
}
