// K230.nanoFramework, MIT licence: see LICENSE

using OxyPlot;

namespace K230.Bench
{
    /// <summary>
    /// Measures text for charts. The widths are Arial's; the font that a machine shows instead is wider (DejaVu Sans by
    /// up to a quarter), and legends would be cut.
    /// </summary>
    internal sealed class WideText(double width, double height) : PdfRenderContext(width, height, OxyColors.White)
    {
        private const double WIDER = 1.3;

        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
        {
            OxySize size = base.MeasureText(text, "Arial", fontSize, fontWeight);

            return new OxySize(size.Width * WIDER, size.Height);
        }
    }
}
