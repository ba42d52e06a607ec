// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace K230.Bench
{
    /// <summary>The rows for programs.</summary>
    internal static class JsonReport
    {
        private static readonly JsonSerializerOptions s_options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // names are for people too
        };

        public static string Of(IEnumerable<Row> rows)
        {
            var plain = rows.Select(r => new { r.Name, r.Value, r.Unit, r.Low, r.High, r.Target, r.Better });

            return JsonSerializer.Serialize(new { rows = plain }, s_options) + "\n";
        }
    }
}
