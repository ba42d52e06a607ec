// K230.nanoFramework, MIT licence: see LICENSE

using System;
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
            int all = charts.Length * width;
            string size = string.Create(
                CultureInfo.InvariantCulture, $"width=\"{all}\" height=\"{height}\" viewBox=\"0 0 {all} {height}\"");
            string parts = string.Concat(charts.Select((chart, i) => string.Create(
                CultureInfo.InvariantCulture,
                $"<g transform=\"translate({i * width},0)\">\n{Part(chart, i, width, height)}\n</g>\n")));

            return $"<svg xmlns=\"http://www.w3.org/2000/svg\" {size}>\n{parts}</svg>\n";
        }

        private static string Part(PlotModel chart, int index, int width, int height)
        {
            var exporter = new SvgExporter
            {
                Width = width,
                Height = height,
                TextMeasurer = new WideText(width, height),
                UseVerticalTextAlignmentWorkaround = true, // not every viewer knows dominant-baseline
            };
            string svg = exporter.ExportToString(chart).Replace("\r\n", "\n");

            // It begins as a document, and numbers what it refers to from 1 on, which another chart does too.
            return svg[svg.IndexOf("<svg", StringComparison.Ordinal)..]
                .Replace("id=\"clipPath", $"id=\"clip-{index}-")
                .Replace("url(#clipPath", $"url(#clip-{index}-")
                .Trim();
        }
    }
}
