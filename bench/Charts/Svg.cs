// K230.nanoFramework, MIT licence: see LICENSE

using System.Globalization;
using System.Linq;
using OxyPlot;

namespace K230.Bench
{
    /// <summary>Charts as one SVG document.</summary>
    internal static class Svg
    {
        /// <summary>Charts beside each other.</summary>
        public static string Of(int width, int height, params PlotModel[] charts)
        {
            string parts = string.Concat(charts.Select((chart, i) => string.Create(
                CultureInfo.InvariantCulture,
                $"<svg x=\"{i * width}\" y=\"0\" width=\"{width}\" height=\"{height}\">\n{Part(chart, width, height)}\n</svg>\n")));
            int all = charts.Length * width;

            return string.Create(
                CultureInfo.InvariantCulture,
                $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"{height}\" viewBox=\"0 0 {all} {height}\">\n") +
                parts + "</svg>\n";
        }

        private static string Part(PlotModel chart, int width, int height)
        {
            var exporter = new SvgExporter { Width = width, Height = height, IsDocument = false };

            return exporter.ExportToString(chart).Trim();
        }
    }
}
