// K230.nanoFramework, MIT licence: see LICENSE

using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace K230.Bench
{
    /// <summary>How all charts look: a colour for each way to have sockets, the same everywhere.</summary>
    internal static class ChartStyle
    {
        private const string FONT = "Arial, Helvetica, sans-serif";

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

        public static PlotModel Chart(string title)
        {
            var model = new PlotModel
            {
                Title = title,
                TitleFontSize = 15,
                TitleFontWeight = FontWeights.Bold,
                DefaultFont = FONT,
                DefaultFontSize = 12,
                Background = OxyColors.White, // also where the page is dark
                PlotAreaBorderColor = OxyColors.Gray,
                Padding = new OxyThickness(12, 12, 20, 8),
            };

            model.Legends.Add(new Legend
            {
                LegendPlacement = LegendPlacement.Outside,
                LegendPosition = LegendPosition.BottomCenter,
                LegendOrientation = LegendOrientation.Horizontal,
                LegendFontSize = 12,
                LegendSymbolLength = 26,
                LegendItemSpacing = 20,
            });

            return model;
        }

        public static T Gridded<T>(T axis, string title, AxisPosition position)
            where T : Axis
        {
            axis.Title = title;
            axis.Position = position;
            axis.MajorGridlineStyle = LineStyle.Solid;
            axis.MajorGridlineColor = s_grid;
            axis.TicklineColor = OxyColors.Gray;
            axis.AxisTitleDistance = 8;

            return axis;
        }

        /// <param name="index">Which of the ways to have sockets this is.</param>
        public static LineSeries Line(string name, int index, bool markers) => new()
        {
            Title = name,
            Color = s_colours[index],
            StrokeThickness = 2,
            MarkerType = markers ? s_markers[index] : MarkerType.None,
            MarkerSize = 4,
            MarkerFill = s_colours[index],
        };

        public static string Plain(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
    }
}
