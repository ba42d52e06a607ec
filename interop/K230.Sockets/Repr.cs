// K230.nanoFramework, MIT licence: see LICENSE

using System.Text;

namespace K230.Sockets
{
    /// <summary>Values as MicroPython prints them, the same in every culture.</summary>
    internal static class Repr
    {
        private const string HexDigits = "0123456789abcdef";

        /// <summary>A number. A culture may have another minus sign, and marks around it.</summary>
        internal static string Of(int number)
        {
            return number < 0 ? "-" + (-(long)number).ToString() : number.ToString();
        }

        /// <summary><c>b'GET\r\n'</c>.</summary>
        internal static string Of(byte[] bytes)
        {
            char quote = Has(bytes, '\'') && !Has(bytes, '"') ? '"' : '\'';
            StringBuilder text = new StringBuilder();
            text.Append('b').Append(quote);

            for (int i = 0; i < bytes.Length; i++)
            {
                Append(text, bytes[i], quote);
            }

            return text.Append(quote).ToString();
        }

        /// <summary><c>[&lt;_socket 3&gt;, &lt;_socket 4&gt;]</c>.</summary>
        internal static string Of(Socket[] sockets)
        {
            StringBuilder text = new StringBuilder();
            text.Append('[');

            for (int i = 0; i < sockets.Length; i++)
            {
                text.Append(i == 0 ? "" : ", ").Append(sockets[i].ToString());
            }

            return text.Append(']').ToString();
        }

        /// <summary><c>('192.0.2.1', 80)</c>, or <c>None</c>.</summary>
        internal static string Of(SockAddr address)
        {
            return address is null ? "None" : address.ToString();
        }

        private static bool Has(byte[] bytes, char value)
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                if (bytes[i] == value)
                {
                    return true;
                }
            }

            return false;
        }

        private static void Append(StringBuilder text, byte value, char quote)
        {
            switch (value)
            {
                case (byte)'\n':
                    text.Append("\\n");
                    break;
                case (byte)'\r':
                    text.Append("\\r");
                    break;
                case (byte)'\t':
                    text.Append("\\t");
                    break;
                default:
                    if (value == quote || value == (byte)'\\')
                    {
                        text.Append('\\').Append((char)value);
                    }
                    else if (value >= 32 && value <= 126)
                    {
                        text.Append((char)value);
                    }
                    else
                    {
                        text.Append("\\x").Append(HexDigits[value >> 4]).Append(HexDigits[value & 15]);
                    }

                    break;
            }
        }
    }
}
