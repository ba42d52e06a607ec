// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    /// <summary>What an argument of type <c>object</c> is.</summary>
    internal static partial class Boxed
    {
        /// <summary>Whether it is a number of any type, and which.</summary>
        internal static bool IsNumber(object value, out double number)
        {
            if (IsInteger(value, out long integer))
            {
                number = integer;

                return true;
            }

            switch (value)
            {
                case double d:
                    number = d;
                    return true;
                case float f:
                    number = f;
                    return true;
                default:
                    return IsOtherNumber(value, out number);
            }
        }

        /// <summary>Whether it is an integer of any type that a long can hold, and which.</summary>
        internal static bool IsInteger(object value, out long integer)
        {
            switch (value)
            {
                case int i:
                    integer = i;
                    return true;
                case long l:
                    integer = l;
                    return true;
                case uint u:
                    integer = u;
                    return true;
                case ushort s:
                    integer = s;
                    return true;
                case short s:
                    integer = s;
                    return true;
                case byte b:
                    integer = b;
                    return true;
                case sbyte b:
                    integer = b;
                    return true;
                case ulong u:
                    integer = (long)u;
                    return u <= long.MaxValue;
                default:
                    integer = 0;
                    return false;
            }
        }

        /// <summary>The name of its type, for the text of an exception.</summary>
        internal static string TypeOf(object value)
        {
            return value == null ? "null" : value.GetType().FullName;
        }
    }
}
