// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace K230.Drift
{
    /// <summary>Finds what the instructions of a method name.</summary>
    internal static class IlReader
    {
        private static readonly Dictionary<int, OperandType> s_operands = Operands();

        /// <summary>The tokens in a body, in their order, each with the offset of its instruction.</summary>
        internal static IEnumerable<(int Offset, EntityHandle Token)> Tokens(MethodBodyBlock body)
        {
            BlobReader il = body.GetILReader();

            while (il.RemainingBytes > 0)
            {
                int offset = il.Offset;
                int code = il.ReadByte();

                if (code == 0xFE)
                {
                    code = 0xFE00 | il.ReadByte();
                }

                switch (s_operands[code])
                {
                    case OperandType.InlineNone:
                        break;
                    case OperandType.ShortInlineBrTarget:
                    case OperandType.ShortInlineI:
                    case OperandType.ShortInlineVar:
                        il.ReadByte();
                        break;
                    case OperandType.InlineVar:
                        il.ReadInt16();
                        break;
                    case OperandType.InlineI8:
                    case OperandType.InlineR:
                        il.ReadInt64();
                        break;
                    case OperandType.InlineSwitch:
                        int targets = il.ReadInt32();
                        il.Offset += 4 * targets;
                        break;
                    case OperandType.InlineField:
                    case OperandType.InlineMethod:
                    case OperandType.InlineTok:
                    case OperandType.InlineType:
                        yield return (offset, MetadataTokens.EntityHandle(il.ReadInt32()));
                        break;
                    default:
                        il.ReadInt32();
                        break;
                }
            }
        }

        private static Dictionary<int, OperandType> Operands()
        {
            var operands = new Dictionary<int, OperandType>();

            foreach (FieldInfo field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
            {
                var code = (OpCode)field.GetValue(null);
                operands[(ushort)code.Value] = code.OperandType;
            }

            return operands;
        }
    }
}
