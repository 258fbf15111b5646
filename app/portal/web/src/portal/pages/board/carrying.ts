import { useCallback, useRef, useState } from "react";
import { useClient } from "urql";
import { type Way, waysOf } from "./moves";
import type { Card } from "./state";

/** A card that is held, by pointer or key, above a stage. `ways` are undefined until the server has said. */
export interface Carried {
  card: Card;
  by: "pointer" | "key";
  over: string;
  ways?: readonly Way[];
}

export function useCarrying() {
  const client = useClient();
  const [carried, setCarried] = useState<Carried>();
  const latest = useRef<string>(undefined);

  const pickUp = useCallback(
    (card: Card, by: Carried["by"]) => {
      latest.current = card.id;
      setCarried({ card, by, over: card.stage.key });
      void waysOf(client, card.id).then((ways) => {
        if (latest.current === card.id) setCarried((held) => held && { ...held, ways });
      });
    },
    [client],
  );
  const hover = useCallback((stage: string) => {
    setCarried((held) => (held && held.over !== stage ? { ...held, over: stage } : held));
  }, []);
  const putDown = useCallback(() => {
    latest.current = undefined;
    setCarried(undefined);
  }, []);
  return { carried, pickUp, hover, putDown };
}
