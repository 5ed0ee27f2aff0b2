using TorchSharp.Dispatching;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        private readonly long? paddingIndex;
        private readonly double? maxNorm;
        private readonly double normType;
        private readonly bool scaleByFrequency;
        private readonly bool sparse;

        internal Embedding(Parameter weight, long? paddingIndex, double? maxNorm, double normType, bool scaleByFrequency, bool sparse) : base(nameof(Embedding))
        {
            var rows = weight.shape[0];
            if (paddingIndex >= rows || paddingIndex < -rows)
                throw new ArgumentOutOfRangeException(nameof(paddingIndex), paddingIndex, $"padding_idx must be within num_embeddings ({rows})");
            this.paddingIndex = paddingIndex < 0 ? paddingIndex + rows : paddingIndex;
            (this.maxNorm, this.normType, this.scaleByFrequency, this.sparse) = (maxNorm, normType, scaleByFrequency, sparse);
            this.weight = weight;
        }

        public Parameter? weight
        {
            get => get_parameter(nameof(weight));
            set => ReplaceParameter(value ?? throw new ArgumentNullException(nameof(value)));
        }

        public override Tensor forward(Tensor input)
        {
            if (maxNorm is { } limit)
            {
                using var _ = no_grad();
                NeuralOperators.embedding_renorm_.CallInPlace(weight!, input, limit, normType);
            }
            return NeuralOperators.embedding.Call(weight, input, paddingIndex ?? -1, scaleByFrequency, sparse);
        }
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static Embedding Embedding(
                long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                var weight = Parameter(empty([num_embeddings, embedding_dims], dtype: dtype, device: device));
                var embedding = new Embedding(weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
                init.normal_(weight);
                if (padding_idx is { } index)
                {
                    using var _ = no_grad();
                    using var row = weight.select(0, index);
                    row.zero_();
                }
                return embedding;
            }

            public static Embedding Embedding_from_pretrained(
                Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                var weight = Parameter(embeddings.detach().to(dtype ?? embeddings.dtype, device ?? embeddings.device), requires_grad: !freeze);
                return new Embedding(weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }
        }
    }
}
