/** What is loaded when the first chart is drawn. */
import "uplot/dist/uPlot.min.css";
import UPlot from "uplot";

export { UPlot };
