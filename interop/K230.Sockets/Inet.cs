// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    /// <summary>Addresses as text, with the strict rules of inet_pton and the spelling of inet_ntop.</summary>
    internal static class Inet
    {
        private const string HexDigits = "0123456789abcdef";

        /// <summary>The four bytes of a dotted quad: four decimal parts, no leading zeros. Or null.</summary>
        internal static byte[] ParseV4(string text)
        {
            byte[] ip = new byte[4];

            return ParseV4(text, 0, ip, 0) ? ip : null;
        }

        /// <summary>The sixteen bytes of an IPv6 address without a scope. Or null.</summary>
        internal static byte[] ParseV6(string text)
        {
            byte[] ip = new byte[16];
            int groups = 0;
            int gap = -1;
            int i = 0;

            if (text.Length > 1 && text[0] == ':' && text[1] == ':')
            {
                gap = 0;
                i = 2;
            }

            while (i < text.Length)
            {
                if (groups == 8)
                {
                    return null;
                }

                int start = i;
                int value = 0;

                while (i < text.Length && i - start < 4 && HexValue(text[i]) >= 0)
                {
                    value = value << 4 | HexValue(text[i]);
                    i++;
                }

                if (i < text.Length && text[i] == '.')
                {
                    if (groups > 6 || !ParseV4(text, start, ip, groups * 2))
                    {
                        return null;
                    }

                    groups += 2;
                    break;
                }

                if (i == start)
                {
                    return null;
                }

                ip[groups * 2] = (byte)(value >> 8);
                ip[groups * 2 + 1] = (byte)value;
                groups++;

                if (i == text.Length)
                {
                    break;
                }

                // Between groups there is one colon, at the end none.
                if (text[i] != ':' || i + 1 == text.Length)
                {
                    return null;
                }

                i++;

                if (text[i] == ':')
                {
                    if (gap >= 0)
                    {
                        return null;
                    }

                    gap = groups;
                    i++;
                }
            }

            if (gap < 0)
            {
                return groups == 8 ? ip : null;
            }

            // "::" stands for one group of zeros at least.
            return groups < 8 ? Spread(ip, gap * 2, groups * 2) : null;
        }

        /// <summary>A number that is equal for equal bytes: FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv.</summary>
        internal static int Hash(byte[] ip, int start)
        {
            int hash = start ^ unchecked((int)2166136261);

            for (int i = 0; i < ip.Length; i++)
            {
                hash = unchecked((hash ^ ip[i]) * 16777619);
            }

            return hash;
        }

        internal static string FormatV4(byte[] ip, int offset)
        {
            return ip[offset].ToString() + "." + ip[offset + 1].ToString() + "." + ip[offset + 2].ToString() + "." +
                ip[offset + 3].ToString();
        }

        /// <summary>
        /// The longest run of two or more zero groups, the first of equals, becomes "::"; what ends in an IPv4 address
        /// shows it.
        /// </summary>
        internal static string FormatV6(byte[] ip)
        {
            int gap = -1;
            int gapLength = 1;

            for (int i = 0; i < 8; i++)
            {
                int end = i;

                while (end < 8 && Group(ip, end) == 0)
                {
                    end++;
                }

                if (end - i > gapLength)
                {
                    gap = i;
                    gapLength = end - i;
                }
            }

            string text = "";
            string separator = "";

            for (int i = 0; i < 8; i++)
            {
                if (i == gap)
                {
                    text += "::";
                    separator = "";
                    i += gapLength - 1;
                    continue;
                }

                if (i == 6 && gap == 0 && (gapLength == 6 || (gapLength == 5 && Group(ip, 5) == 0xFFFF)))
                {
                    return text + separator + FormatV4(ip, 12);
                }

                text += separator + HexText(Group(ip, i));
                separator = ":";
            }

            return text;
        }

        private static bool ParseV4(string text, int start, byte[] ip, int offset)
        {
            int part = 0;
            int value = -1;

            for (int i = start; i <= text.Length; i++)
            {
                char c = i < text.Length ? text[i] : '.';

                if (c == '.')
                {
                    if (value < 0 || part == 4)
                    {
                        return false;
                    }

                    ip[offset + part] = (byte)value;
                    part++;
                    value = -1;
                }
                else if (c < '0' || c > '9' || value == 0)
                {
                    return false;
                }
                else
                {
                    value = value < 0 ? c - '0' : value * 10 + (c - '0');

                    if (value > 255)
                    {
                        return false;
                    }
                }
            }

            return part == 4;
        }

        /// <summary>Moves what follows the gap to the end of the address.</summary>
        private static byte[] Spread(byte[] ip, int gap, int length)
        {
            byte[] spread = new byte[16];

            for (int i = 0; i < gap; i++)
            {
                spread[i] = ip[i];
            }

            for (int i = gap; i < length; i++)
            {
                spread[16 - length + i] = ip[i];
            }

            return spread;
        }

        private static int Group(byte[] ip, int index)
        {
            return ip[index * 2] << 8 | ip[index * 2 + 1];
        }

        private static int HexValue(char c)
        {
            if (c >= '0' && c <= '9')
            {
                return c - '0';
            }

            if (c >= 'a' && c <= 'f')
            {
                return c - 'a' + 10;
            }

            return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        }

        private static string HexText(int group)
        {
            string text = "";

            do
            {
                text = HexDigits[group & 15] + text;
                group >>= 4;
            }
            while (group != 0);

            return text;
        }
    }
}
