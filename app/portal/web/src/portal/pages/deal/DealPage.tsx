export default function DealPage() {
  return <div className="page" />;
}
