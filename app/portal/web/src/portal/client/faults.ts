import { useCallback, useState } from "react";
import { toast } from "../ui/toasts";
import type { Fault } from "./act";

type Faults = Readonly<Record<string, string>>;

/** Faults of a form by field: those of fields that it doesn't have become a note. */
export function useFaults(fields: readonly string[]) {
  const [faults, setFaults] = useState<Faults>({});
  const listed = fields.join();
  const told = useCallback(
    (found: readonly Fault[]) => {
      const known = new Set(listed.split(","));
      const isHere = ({ path: [first] }: Fault) => first !== undefined && known.has(first);
      setFaults(Object.fromEntries(found.filter(isHere).map(({ path, message }) => [path[0], message])));
      const others = found.filter((one) => !isHere(one));
      if (others.length) toast(others.map(({ message }) => message).join(" "), "bad");
    },
    [listed],
  );
  return { faults, told };
}
