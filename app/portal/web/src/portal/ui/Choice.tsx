import type { ReactNode } from "react";
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from "react-aria-components";
import { Icon } from "./Icon";

export interface Option {
  id: string;
  label: string;
}

interface Given {
  label: string;
  options: readonly Option[];
  value: string;
  choose: (id: string) => void;
  /** Keeps the label for screen readers alone. */
  bare?: boolean;
  before?: ReactNode;
}

/** One of several, in a list that opens. */
export function Choice({ label, options, value, choose, bare, before }: Given) {
  return (
    <Select
      className="choice"
      value={value}
      onChange={(key) => choose(String(key))}
      {...(bare && { "aria-label": label })}
    >
      {!bare && <Label>{label}</Label>}
      <Button className="choice-button">
        {before}
        <SelectValue />
        <Icon name="chevron" size={14} />
      </Button>
      <Popover className="popover">
        <ListBox items={options} className="list-box">
          {({ id, label }) => (
            <ListBoxItem id={id} textValue={label} className="option">
              {({ isSelected }) => (
                <>
                  <span>{label}</span>
                  {isSelected && <Icon name="check" size={16} />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
