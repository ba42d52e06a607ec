// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace K230.Bench
{
    /// <summary>Charts as SVG documents: a colour for each way to have sockets, the same everywhere.</summary>
    internal static class Charts
    {
        private const int Height = 460;
        private const int PerDecade = 25;

        // Told apart by people who do not see all colours too (Okabe and Ito), and by their markers.
        private static readonly OxyColor[] s_colours =
        [
            OxyColor.FromRgb(0x56, 0xB4, 0xE9),
            OxyColor.FromRgb(0x00, 0x72, 0xB2),
            OxyColor.FromRgb(0xE6, 0x9F, 0x00),
            OxyColor.FromRgb(0xD5, 0x5E, 0x00),
        ];

        private static readonly MarkerType[] s_markers =
            [MarkerType.Circle, MarkerType.Square, MarkerType.Triangle, MarkerType.Diamond];

        private static readonly OxyColor s_grid = OxyColor.FromRgb(0xE4, 0xE4, 0xE4);

        /// <summary>How round trips are spread: a histogram over classes that grow by the same factor.</summary>
        public static string Latency(params (string Name, double[] Microseconds)[] lines)
        {
            Statistics[] all = lines.Select(line => new Statistics(line.Microseconds)).ToArray();

            // What is beyond is one round trip in a hundred; it would press the rest together.
            int first = Class(all.Min(s => s.Percentile(0.01)));
            int last = Class(all.Max(s => s.Percentile(0.99)));

            return Svg(900, Plot(
                "Round trips of 64 bytes, 98 % of each",
                new LogarithmicAxis { Title = "microseconds", Minimum = Start(first), Maximum = Start(last + 1) },
                new LinearAxis { Title = "% of round trips", Minimum = 0, LabelFormatter = Plain },
                markers: false,
                lines.Select(l => (l.Name, Outline(l.Microseconds, first, last)))));
        }

        /// <summary>What sockets cost that are polled and have nothing.</summary>
        public static string Polls(
            IReadOnlyList<int> sockets, params (string Name, IReadOnlyList<double> Microseconds)[] lines) =>
            Svg(900, Plot(
                "Round trip of 64 bytes on one of several sockets that are polled",
                Powers("sockets polled", sockets, 1.15),
                new LinearAxis
                {
                    Title = "microseconds, median",
                    Minimum = 0,
                    Maximum = lines.SelectMany(l => l.Microseconds).Max() * 1.08,
                },
                markers: true,
                lines.Select(l => (l.Name, Points(sockets, l.Microseconds)))));

        /// <summary>How much a call of some size moves, both directions beside each other.</summary>
        public static string Throughput(
            IReadOnlyList<int> sizes, params (string Title, (string Name, double[] Values)[] Lines)[] directions)
        {
            // One scale, so that the two can be compared.
            double[] all = directions.SelectMany(d => d.Lines).SelectMany(l => l.Values).ToArray();

            return Svg(560, directions.Select(d =>
            {
                LogarithmicAxis bytes = Powers("bytes per call", sizes, 1.3);
                bytes.MajorStep = 4;
                bytes.LabelFormatter = SizeLabel;

                return Plot(
                    d.Title + ": throughput by size of a call",
                    bytes,
                    new LogarithmicAxis
                    {
                        Title = "MB/s",
                        Minimum = all.Min() * 0.7,
                        Maximum = all.Max() * 1.5,
                        LabelFormatter = Plain,
                    },
                    markers: true,
                    d.Lines.Select(l => (l.Name, Points(sizes, l.Values))));
            }).ToArray());
        }

        private static IEnumerable<DataPoint> Points(IReadOnlyList<int> numbers, IReadOnlyList<double> values) =>
            numbers.Zip(values, (number, value) => new DataPoint(number, value));

        /// <summary>An axis of powers of two, with so much room at both ends.</summary>
        private static LogarithmicAxis Powers(string title, IReadOnlyList<int> numbers, double room) => new()
        {
            Title = title,
            Base = 2,
            Minimum = numbers[0] / room,
            Maximum = numbers[^1] * room,
            MinorTickSize = 0,
        };

        private static PlotModel Plot(
            string title, Axis x, Axis y, bool markers, IEnumerable<(string Name, IEnumerable<DataPoint> Points)> lines)
        {
            var plot = new PlotModel
            {
                Title = title,
                TitleFontSize = 15,
                TitleFontWeight = FontWeights.Bold,
                DefaultFont = "Arial, Helvetica, sans-serif",
                DefaultFontSize = 12,
                Background = OxyColors.White, // also where the page is dark
                PlotAreaBorderColor = OxyColors.Gray,
                Padding = new OxyThickness(12, 12, 20, 8),
            };

            plot.Legends.Add(new Legend
            {
                LegendPlacement = LegendPlacement.Outside,
                LegendPosition = LegendPosition.BottomCenter,
                LegendOrientation = LegendOrientation.Horizontal,
                LegendFontSize = 12,
                LegendSymbolLength = 26,
                LegendItemSpacing = 20,
            });

            x.Position = AxisPosition.Bottom;
            x.LabelFormatter ??= Plain;
            y.Position = AxisPosition.Left;

            foreach (Axis axis in new[] { x, y })
            {
                axis.MajorGridlineStyle = LineStyle.Solid;
                axis.MajorGridlineColor = s_grid;
                axis.TicklineColor = OxyColors.Gray;
                axis.AxisTitleDistance = 8;
                plot.Axes.Add(axis);
            }

            foreach ((string name, IEnumerable<DataPoint> points) in lines)
            {
                int index = plot.Series.Count;
                var line = new LineSeries
                {
                    Title = name,
                    Color = s_colours[index],
                    StrokeThickness = 2,
                    MarkerType = markers ? s_markers[index] : MarkerType.None,
                    MarkerSize = 4,
                    MarkerFill = s_colours[index],
                };
                line.Points.AddRange(points);
                plot.Series.Add(line);
            }

            return plot;
        }

        /// <summary>The steps over the classes.</summary>
        private static IEnumerable<DataPoint> Outline(double[] microseconds, int first, int last)
        {
            Dictionary<int, int> counts = microseconds.GroupBy(Class).ToDictionary(g => g.Key, g => g.Count());

            for (int c = first; c <= last; c++)
            {
                double percent = 100.0 * counts.GetValueOrDefault(c) / microseconds.Length;

                yield return new DataPoint(Start(c), percent);
                yield return new DataPoint(Start(c + 1), percent);
            }
        }

        private static int Class(double microseconds) =>
            (int)Math.Floor(Math.Log10(Math.Max(microseconds, 1e-3)) * PerDecade);

        private static double Start(int index) => Math.Pow(10, (double)index / PerDecade);

        private static string Plain(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

        private static string SizeLabel(double bytes) => bytes switch
        {
            < 1024 => Plain(bytes),
            < 1024 * 1024 => Plain(bytes / 1024) + " Ki",
            _ => Plain(bytes / 1024 / 1024) + " Mi",
        };

        /// <summary>Charts beside each other, as one document.</summary>
        private static string Svg(int width, params PlotModel[] charts)
        {
            int all = charts.Length * width;
            string parts = string.Concat(charts.Select(
                (chart, i) => $"<g transform=\"translate({i * width},0)\">\n{Part(chart, i, width)}\n</g>\n"));

            return "<svg xmlns=\"http://www.w3.org/2000/svg\" " +
                $"width=\"{all}\" height=\"{Height}\" viewBox=\"0 0 {all} {Height}\">\n{parts}</svg>\n";
        }

        private static string Part(PlotModel chart, int index, int width)
        {
            var exporter = new SvgExporter
            {
                Width = width,
                Height = Height,
                TextMeasurer = new WideText(width, Height),
                UseVerticalTextAlignmentWorkaround = true, // not every viewer knows dominant-baseline
            };
            string svg = exporter.ExportToString(chart).Replace("\r\n", "\n");

            // It begins as a document, and numbers what it refers to from 1 on, which another chart does too.
            return svg[svg.IndexOf("<svg", StringComparison.Ordinal)..]
                .Replace("id=\"clipPath", $"id=\"clip-{index}-")
                .Replace("url(#clipPath", $"url(#clip-{index}-")
                .Trim();
        }

        /// <summary>
        /// Measures text. The widths are Arial's; the font that a machine shows instead is wider (DejaVu Sans by up to
        /// a quarter), and legends would be cut.
        /// </summary>
        private sealed class WideText(double width, double height) : PdfRenderContext(width, height, OxyColors.White)
        {
            private const double Wider = 1.3;

            public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
            {
                OxySize size = base.MeasureText(text, "Arial", fontSize, fontWeight);

                return new OxySize(size.Width * Wider, size.Height);
            }
        }
    }
}
