// What a dashboard of ours must be: Grafana's own types, with the options of the kinds of panels we use put in where
// Grafana's type of a dashboard says "anything". Not covered: the queries, whose type no package publishes.
import type { AnnotationQuery, Dashboard, FieldConfig, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
import type { Options as BarGaugeOptions } from './node_modules/@grafana/schema/dist/types/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type { Options as StatOptions } from './node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { FieldConfig as TableCustom, Options as TableOptions } from './node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { FieldConfig as TimeSeriesCustom, Options as TimeSeriesOptions } from './node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has no enumerations: their values are written out. Null is JSON's word for minus infinity in the first step of thresholds.
type Written<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T
  : T extends Array<infer Item> ? Written<Item>[] : { [Key in keyof T]: Written<T[Key]> };
type Some<T> = T extends Array<infer Item> ? Some<Item>[] : T extends object ? { [Key in keyof T]?: Some<T[Key]> } : T;
type Steps = { mode: 'absolute' | 'percentage'; steps: { color: string; value: number | null }[] };

type Configured<Custom> = Omit<Written<FieldConfigSource>, 'defaults'> & {
  defaults: Omit<Written<FieldConfig>, 'custom' | 'thresholds'> & { custom?: Written<Some<Custom>>; thresholds?: Steps };
};
type PanelOf<Type, Options, Custom> = Omit<Written<Panel>, 'type' | 'options' | 'fieldConfig'> & {
  type: Type;
  options?: Written<Some<Options>>;
  fieldConfig?: Configured<Custom>;
};

type AnyPanel =
  | PanelOf<'stat', StatOptions, Record<string, never>>
  | PanelOf<'bargauge', BarGaugeOptions, Record<string, never>>
  | PanelOf<'table', TableOptions, TableCustom>
  | PanelOf<'timeseries', TimeSeriesOptions, TimeSeriesCustom>
  | (Omit<Written<RowPanel>, 'panels'> & { panels: AnyPanel[] });

// An annotation is a query of the data source; these are the fields that the one for Prometheus adds.
type Annotation = Written<AnnotationQuery> & { expr: string; step: string; titleFormat: string; textFormat: string };

export type KeptDashboard = Omit<Written<Dashboard>, 'panels' | 'annotations'> & {
  panels: AnyPanel[];
  annotations: { list: Annotation[] };
};
