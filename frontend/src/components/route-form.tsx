import { useId, useState } from 'react';
import type { Field } from '../contract';
import { fieldText, withField } from '../presentation/route-fields';
import './route-form.css';

type RouteFormProps = {
  /** The name of the route. */
  readonly action: string;
  readonly fields: readonly Field[];
  /** The message: a JSON object. */
  readonly text: string;
  readonly onChange: (text: string) => void;
};

/** One input for each field of a route. It changes the message, and shows changes of the message. */
export function RouteForm({ action, fields, text, onChange }: RouteFormProps) {
  return (
    <fieldset className="route-form">
      <legend className="visually-hidden">Fields of {action}</legend>
      {fields.map((field) => (
        <FieldInput key={field.name} field={field} text={text} onChange={onChange} />
      ))}
    </fieldset>
  );
}

type FieldInputProps = Omit<RouteFormProps, 'action' | 'fields'> & { readonly field: Field };

function FieldInput({ field, text, onChange }: FieldInputProps) {
  const id = useId();
  const value = fieldText(text, field);
  /** The text that is no value of the field, such as a JSON value that is not complete. */
  const [draft, setDraft] = useState<{ readonly of: string; readonly text: string }>();
  const wrong = draft?.of === text;
  const change = (next: string) => {
    const message = withField(text, field, next);
    setDraft(message === undefined ? { of: text, text: next } : undefined);
    if (message !== undefined) {
      onChange(message);
    }
  };
  const shared = { id, 'aria-describedby': `${id}kind`, 'aria-invalid': wrong } as const;
  return (
    <div className="route-field">
      <label htmlFor={id}>{field.name}</label>
      {field.kind === 'boolean' ? (
        <select {...shared} className="select" value={value} onChange={({ target }) => change(target.value)}>
          {(!field.required || value === '') && <option value="">–</option>}
          <option>true</option>
          <option>false</option>
        </select>
      ) : (
        <input
          {...shared}
          className="select"
          spellCheck={false}
          inputMode={field.kind === 'integer' ? 'numeric' : undefined}
          value={wrong ? draft.text : value}
          onChange={({ target }) => change(target.value)}
        />
      )}
      <span id={`${id}kind`} className={wrong ? 'route-kind route-wrong' : 'route-kind'}>
        {wrong && 'not '}
        {kinds[field.kind]}
        {!field.required && ', optional'}
      </span>
    </div>
  );
}

const kinds: Readonly<Record<Field['kind'], string>> = {
  string: 'a text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  json: 'a JSON value',
};
