using System.Globalization;
using System.Text;

namespace TorchSharp;

public static partial class torch
{
    // What a tensor looks like in a message.
    public partial class Tensor
    {
        /// <summary>Shape, element type and device; no elements.</summary>
        public override string ToString() =>
            IsInvalid ? "" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        /// <summary>The same, and with <paramref name="disamb"/> the elements, nested by dimension.</summary>
        public string ToString(bool disamb, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null)
        {
            if (!disamb) return ToString();
            var text = new StringBuilder();
            using var scope = NewDisposeScope();
            Append(text, this, fltFormat ?? "g5", cultureInfo ?? CultureInfo.InvariantCulture);
            return text.ToString();
        }

        private static void Append(StringBuilder text, Tensor tensor, string format, CultureInfo culture)
        {
            if (tensor.ndim == 0)
            {
                text.Append(Text(tensor.ToScalar(), format, culture));
                return;
            }
            text.Append('[');
            for (var i = 0L; i < tensor.size(0); i++)
            {
                if (i > 0) text.Append(", ");
                Append(text, tensor[i], format, culture);
            }
            text.Append(']');
        }

        private static string Text(Scalar value, string format, CultureInfo culture) => value.Type switch
        {
            ScalarType.Bool => value.ToBoolean() ? "true" : "false",
            ScalarType.Int64 => value.ToInt64().ToString(culture),
            ScalarType.ComplexFloat64 => value.ToComplexFloat64().ToString(format, culture),
            _ => value.ToDouble().ToString(format, culture),
        };
    }
}
