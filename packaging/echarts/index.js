// What figures of a page use of Apache ECharts: axes, marks drawn by the page's own script, tooltip, zoom, SVG.
import { CustomChart } from "echarts/charts";
import { DataZoomInsideComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([CustomChart, DataZoomInsideComponent, GridComponent, TooltipComponent, SVGRenderer]);

export { init };
