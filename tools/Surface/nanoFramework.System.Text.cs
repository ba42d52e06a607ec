// nanoFramework.System.Text: an allow-list, see README.md.

namespace System.Text
{
    public abstract class Encoding
    {
        public static extern Encoding UTF8 { get; }
        public virtual extern byte[] GetBytes(string s);
        public virtual extern string GetString(byte[] bytes, int index, int count);
    }

    public sealed class StringBuilder
    {
        public extern StringBuilder();
        public extern int Length { get; set; }
        public extern StringBuilder Append(char value);
        public extern StringBuilder Append(int value);
        public extern StringBuilder Append(string value);
        public extern StringBuilder AppendLine(string value);
        public extern StringBuilder Clear();
        public extern StringBuilder Replace(string from, string to);
        public override extern string ToString();
    }
}
