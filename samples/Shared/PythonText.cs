// K230.nanoFramework, MIT licence: see LICENSE

using System.Text;

namespace K230.Samples
{
    /// <summary>Text as the scripts have it: what print shows of a list, and bytes that are text.</summary>
    internal static class PythonText
    {
        /// <summary>A list as Python prints it.</summary>
        internal static string Of(object[] list)
        {
            string text = "";
            foreach (object item in list)
            {
                text += (text.Length == 0 ? "" : ", ") + item.ToString();
            }

            return "[" + text + "]";
        }

        /// <summary>Bytes that were received. nanoFramework has the form with three arguments only.</summary>
        internal static string Of(byte[] bytes)
        {
            return Encoding.UTF8.GetString(bytes, 0, bytes.Length);
        }
    }
}
