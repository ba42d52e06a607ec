// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Text;

namespace K230.Samples
{
    /// <summary>Text and bytes as the scripts have them: what print shows of a list, % and in with bytes.</summary>
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

        /// <summary><c>left + right</c>: bytes stay what they are, also where they are no text.</summary>
        internal static byte[] Join(byte[] left, byte[] right)
        {
            byte[] both = new byte[left.Length + right.Length];
            Array.Copy(left, 0, both, 0, left.Length);
            Array.Copy(right, 0, both, left.Length, right.Length);

            return both;
        }

        /// <summary><c>word in bytes</c></summary>
        internal static bool Has(byte[] bytes, string word)
        {
            byte[] wanted = Encoding.UTF8.GetBytes(word);

            for (int start = 0; start + wanted.Length <= bytes.Length; start++)
            {
                int same = 0;

                while (same < wanted.Length && bytes[start + same] == wanted[same])
                {
                    same++;
                }

                if (same == wanted.Length)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>How many of these bytes are whole letters of UTF-8: the last may have only begun.</summary>
        internal static int WholeLetters(byte[] bytes)
        {
            int start = bytes.Length - 1;

            // RFC 3629: at most three bytes 10xxxxxx follow the first one of a letter.
            while (start > 0 && bytes.Length - start < 4 && (bytes[start] & 0xC0) == 0x80)
            {
                start--;
            }

            if (start < 0)
            {
                return 0;
            }

            byte first = bytes[start];
            int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;

            return bytes.Length - start < length ? start : bytes.Length;
        }
    }
}
