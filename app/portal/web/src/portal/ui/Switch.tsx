import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import type { Option } from "./Choice";

interface Given<Id extends string> {
  label: string;
  options: readonly (Option & { id: Id })[];
  value: Id;
  choose: (id: Id) => void;
}

/** One of a few, side by side. */
export function Switch<Id extends string>({ label, options, value, choose }: Given<Id>) {
  return (
    <ToggleButtonGroup
      className="switch"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [chosen] = keys;
        if (chosen !== undefined && chosen !== value) choose(chosen as Id);
      }}
    >
      {options.map(({ id, label }) => (
        <ToggleButton key={id} id={id} className="switch-part">
          {label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
