import { PeopleList as Asked } from "@operations/people.graphql";
import { useCallback, useState } from "react";
import { useQuery } from "urql";
import { useText } from "../../messages/context";
import { Empty, Ready, Skeleton } from "../../ui/states";
import { filterOf, orderOf, type People } from "./filters";
import { PersonLine } from "./PersonLine";

const SIZE = 50;

interface Given {
  shown: People;
  /** What the cache has is older than what was changed here. */
  isFresh?: boolean | undefined;
  /** Leaves the company out, which is the same for all. */
  isWithin?: boolean | undefined;
}

/** Page after page of people. */
export function PeopleList({ shown, isFresh, isWithin }: Given) {
  const [pages, setPages] = useState<readonly string[]>([]);
  const more = useCallback((after: string) => setPages((before) => [...before, after]), []);
  return (
    <div className={isWithin ? undefined : "panel"}>
      {["", ...pages].map((after, place) => (
        <Page
          key={after}
          {...{ shown, isFresh, isWithin, more }}
          after={after || null}
          isLast={place === pages.length}
        />
      ))}
    </div>
  );
}

interface PageGiven extends Given {
  after: string | null;
  isLast: boolean;
  more: (after: string) => void;
}

function Page({ shown, isFresh, isWithin, after, isLast, more }: PageGiven) {
  const say = useText();
  const variables = { filter: filterOf(shown), order: orderOf(shown), first: SIZE, after };
  const requestPolicy = isFresh ? "network-only" : "cache-and-network";
  const [result, again] = useQuery({ query: Asked, variables, requestPolicy });
  return (
    <Ready
      result={result}
      retry={() => again({ requestPolicy: "network-only" })}
      waiting={
        <div className="part-waiting">
          <Skeleton lines={6} />
        </div>
      }
    >
      {({ users: { nodes, pageInfo, totalCount } }) =>
        nodes.length === 0 ? (
          <Empty icon="person" title={say("people.none")} />
        ) : (
          <>
            {!after && !isWithin && (
              <p className="queue-count quiet" role="status">
                {say("people.count", { count: totalCount })}
              </p>
            )}
            <ul className="people-lines">
              {nodes.map((one) => (
                <PersonLine key={one.id} person={one} isWithin={isWithin} />
              ))}
            </ul>
            {isLast && pageInfo.hasNextPage && (
              <p className="part-more">
                <button type="button" className="button small" onClick={() => more(pageInfo.endCursor ?? "")}>
                  {say("deals.more")}
                </button>
              </p>
            )}
          </>
        )
      }
    </Ready>
  );
}
