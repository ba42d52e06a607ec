// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace K230.Drift
{
    /// <summary>The numbers in the headers of the firmware, firmware/**/k230_*.h.</summary>
    public sealed class CHeaders
    {
        private readonly Dictionary<string, (long Value, Place Place)> _numbers =
            new Dictionary<string, (long, Place)>();

        private readonly Dictionary<string, long> _alignments = new Dictionary<string, long>();

        private readonly Dictionary<string, List<string>> _lists = new Dictionary<string, List<string>>();

        /// <summary>Reads the headers.</summary>
        public CHeaders(Repository repository)
        {
            foreach (string file in repository.Files("firmware", "k230_*.h"))
            {
                string text = WithoutComments(repository.Read(file));
                AddDefines(file, text);
                AddEnums(file, text);
                AddLists(file, text);
                AddStructs(file, text);
            }
        }

        /// <summary>
        /// A number by its name: that of a #define or of an enumerator; LIST.NAME for X(NAME, number) in the macro LIST;
        /// sizeof(struct name); offsetof(struct name, member).
        /// </summary>
        public bool TryGet(string name, out long value, out Place place)
        {
            bool isThere = _numbers.TryGetValue(name, out (long Value, Place Place) number);
            value = number.Value;
            place = number.Place;

            return isThere;
        }

        /// <summary>The names in a macro of X(NAME, number).</summary>
        public IReadOnlyList<string> NamesIn(string list) =>
            _lists.TryGetValue(list, out List<string> names) ? names : new List<string>();

        private static string WithoutComments(string text)
        {
            // The lines stay where they are.
            return Regex.Replace(text, @"/\*(.|\n)*?\*/|//.*", match => new string('\n', match.Value.Count(c => c == '\n')));
        }

        private void AddDefines(string file, string text)
        {
            foreach (Match match in Regex.Matches(
                text, @"^#define (K230_\w+) \(?(-?\w+?)[uUlL]*\)?[ \t]*$", RegexOptions.Multiline))
            {
                Add(match.Groups[1].Value, match.Groups[2].Value, file, text, match.Index);
            }
        }

        private void AddEnums(string file, string text)
        {
            foreach (Match body in Regex.Matches(text, @"\benum\s+\w*\s*\{([^}]*)\}"))
            {
                foreach (Match match in Regex.Matches(body.Groups[1].Value, @"(K230_\w+)\s*=\s*(-?\w+?)[uUlL]*\s*(,|$)"))
                {
                    Add(match.Groups[1].Value, match.Groups[2].Value, file, text, body.Groups[1].Index + match.Index);
                }
            }
        }

        private void AddLists(string file, string text)
        {
            foreach (Match list in Regex.Matches(text, @"#define (K230_\w+)\(X\)((?:[^\n]*\\\n)*[^\n]*)"))
            {
                var names = new List<string>();

                foreach (Match match in Regex.Matches(list.Groups[2].Value, @"X\((\w+), (\d+)\)"))
                {
                    names.Add(match.Groups[1].Value);
                    Add(
                        list.Groups[1].Value + "." + match.Groups[1].Value, match.Groups[2].Value, file, text,
                        list.Groups[2].Index + match.Index);
                }

                _lists[list.Groups[1].Value] = names;
            }
        }

        // Structs of fixed-width numbers, text and such structs: those that C# fills or reads have nothing else.
        private void AddStructs(string file, string text)
        {
            foreach (Match body in Regex.Matches(text, @"\bstruct (\w+)\s*\{([^{}]*)\};"))
            {
                string name = "struct " + body.Groups[1].Value;
                long end = 0;
                long alignment = 1;
                bool isKnown = true;
                var members = new List<(string Name, long Offset, int Index)>();

                foreach (Match member in Regex.Matches(body.Groups[2].Value, @"([^;]+);"))
                {
                    Match field = Regex.Match(
                        member.Groups[1].Value, @"^\s*(char|u?int(?:8|16|32|64)_t|struct \w+) (\w+)(?:\[(\w+)\])?$");

                    if (!field.Success || !TrySize(field.Groups[1].Value, out long size, out long step) ||
                        !TryCount(field.Groups[3], out long count))
                    {
                        isKnown = false;
                        break;
                    }

                    end = (end + step - 1) / step * step;
                    members.Add((field.Groups[2].Value, end, body.Groups[2].Index + member.Index + field.Groups[2].Index));
                    end += size * count;
                    alignment = Math.Max(alignment, step);
                }

                if (!isKnown)
                {
                    continue;
                }

                foreach ((string member, long offset, int index) in members)
                {
                    _numbers["offsetof(" + name + ", " + member + ")"] = (offset, PlaceOf(file, text, index));
                }

                _alignments[name] = alignment;
                _numbers["sizeof(" + name + ")"] =
                    ((end + alignment - 1) / alignment * alignment, PlaceOf(file, text, body.Index));
            }
        }

        private bool TrySize(string type, out long size, out long alignment)
        {
            if (type.StartsWith("struct "))
            {
                alignment = _alignments.TryGetValue(type, out long known) ? known : 0;

                return TryGet("sizeof(" + type + ")", out size, out _) && alignment != 0;
            }

            size = type == "char" ? 1 : int.Parse(Regex.Match(type, @"\d+").Value, CultureInfo.InvariantCulture) / 8;
            alignment = size;

            return true;
        }

        private bool TryCount(Group group, out long count)
        {
            count = 1;

            return !group.Success || long.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out count) ||
                TryGet(group.Value, out count, out _);
        }

        private void Add(string name, string number, string file, string text, int index)
        {
            bool isHex = number.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            NumberStyles styles = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign;

            if (long.TryParse(number.AsSpan(isHex ? 2 : 0), styles, CultureInfo.InvariantCulture, out long value))
            {
                _numbers[name] = (value, PlaceOf(file, text, index));
            }
        }

        private static Place PlaceOf(string file, string text, int index) =>
            new Place(file, 1 + text.Take(index).Count(c => c == '\n'));
    }
}
