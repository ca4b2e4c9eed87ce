// The parts of Chart.js that the catalog's pictures are made of; what is not named here is not bundled.
export {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from "chart.js";
