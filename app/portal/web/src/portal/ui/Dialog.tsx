import type { ReactNode } from "react";
import { Heading, Modal, ModalOverlay, Dialog as Primitive } from "react-aria-components";
import { useText } from "../messages/context";
import { Icon } from "./Icon";

/** A window above the page; Escape and a press beside it close it. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const say = useText();
  return (
    <ModalOverlay className="veil" isOpen isDismissable onOpenChange={(open) => open || close()}>
      <Modal className="modal">
        <Primitive className="dialog">
          <header>
            <Heading slot="title">{title}</Heading>
            <button type="button" className="plain" aria-label={say("close")} onClick={close}>
              <Icon name="close" />
            </button>
          </header>
          {children}
        </Primitive>
      </Modal>
    </ModalOverlay>
  );
}
