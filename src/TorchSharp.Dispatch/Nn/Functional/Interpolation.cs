using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Resizes the positions of [N, C, …] to <paramref name="size"/>, or by <paramref name="scale_factor"/>.</summary>
            /// <exception cref="ArgumentException">Neither or both are given, their length is not the number of positions' dimensions, or the mode does not take the option.</exception>
            public static Tensor interpolate(
                Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest,
                bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                var output = OutputSize(x, size, scale_factor);
                var corners = align_corners ?? false;
                if (align_corners is not null && mode is InterpolationMode.Nearest or InterpolationMode.NearestExact or InterpolationMode.Area)
                    throw new ArgumentException($"align_corners does not apply to {mode}", nameof(align_corners));
                if (antialias && (output.Length != 2 || mode is not (InterpolationMode.Bilinear or InterpolationMode.Bicubic)))
                    throw new ArgumentException("antialias needs bilinear or bicubic mode and a 4D input", nameof(antialias));

                var scales = recompute_scale_factor ? null : scale_factor;
                return (mode, output.Length) switch
                {
                    (InterpolationMode.Nearest, 1) => Resize(NeuralOperators.upsample_nearest1d, x, output, scales),
                    (InterpolationMode.Nearest, 2) => Resize(NeuralOperators.upsample_nearest2d, x, output, scales),
                    (InterpolationMode.Nearest, 3) => Resize(NeuralOperators.upsample_nearest3d, x, output, scales),
                    (InterpolationMode.NearestExact, 1) => Resize(NeuralOperators._upsample_nearest_exact1d, x, output, scales),
                    (InterpolationMode.NearestExact, 2) => Resize(NeuralOperators._upsample_nearest_exact2d, x, output, scales),
                    (InterpolationMode.NearestExact, 3) => Resize(NeuralOperators._upsample_nearest_exact3d, x, output, scales),
                    (InterpolationMode.Area, 1) => NeuralOperators.adaptive_avg_pool1d.Call(x, output),
                    (InterpolationMode.Area, 2) => NeuralOperators.adaptive_avg_pool2d.Call(x, output),
                    (InterpolationMode.Area, 3) => NeuralOperators.adaptive_avg_pool3d.Call(x, output),
                    (InterpolationMode.Linear, 1) => Resize(NeuralOperators.upsample_linear1d, x, output, scales, corners),
                    (InterpolationMode.Bilinear, 2) =>
                        Resize(antialias ? NeuralOperators._upsample_bilinear2d_aa : NeuralOperators.upsample_bilinear2d, x, output, scales, corners),
                    (InterpolationMode.Bicubic, 2) =>
                        Resize(antialias ? NeuralOperators._upsample_bicubic2d_aa : NeuralOperators.upsample_bicubic2d, x, output, scales, corners),
                    (InterpolationMode.Trilinear, 3) => Resize(NeuralOperators.upsample_trilinear3d, x, output, scales, corners),
                    _ => throw new ArgumentException($"{mode} does not resize {x.dim()}D input", nameof(mode)),
                };
            }

            public static Tensor upsample(
                Tensor input, long[]? size = null, double[]? scale_factor = null, UpsampleMode mode = UpsampleMode.Nearest, bool align_corners = false) =>
                interpolate(input, size, scale_factor, (InterpolationMode)mode, mode == UpsampleMode.Nearest ? null : align_corners);

            private static long[] OutputSize(Tensor x, long[]? size, double[]? scale_factor)
            {
                var positions = (int)x.dim() - 2;
                if (positions is < 1 or > 3) throw new ArgumentException($"expected 3D, 4D or 5D input, but got {x.dim()}D input", nameof(x));
                if (size is null == scale_factor is null) throw new ArgumentException("exactly one of size and scale_factor must be given", nameof(size));
                var given = size?.Length ?? scale_factor!.Length;
                if (given != positions) throw new ArgumentException($"{x.dim()}D input takes {positions} sizes or scale factors, got {given}", nameof(size));
                return size ?? [.. x.shape[2..].Zip(scale_factor!, (length, scale) => (long)Math.Floor(length * scale))];
            }

            private static Tensor Resize(Operator operation, Tensor x, long[] output, double[]? scales, bool? corners = null)
            {
                List<Argument> arguments = [x, output];
                if (corners is { } value) arguments.Add(value);
                for (var i = 0; i < output.Length; i++) arguments.Add(scales?[i]);
                return operation.Call([.. arguments]);
            }
        }
    }
}
